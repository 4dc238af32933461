/** What is shown in the place of a credential. */
const HIDDEN = '***';

/** A variable that pip and uv look up when they install: `https://${TOKEN}@host`. What it stands for is not in the text. */
const LOOKED_UP = /(?!(?:(?:[\w.-]{0,64}|\$\{[A-Z0-9_]{1,64}\}):)?\$\{[A-Z0-9_]{1,64}\}@)/.source;

/**
 * Credentials as package managers take them, each with what may stay before and after them. A user alone is one where
 * nobody logs in by a key: with `https`, and not with `ssh://git@…`.
 */
const CREDENTIALS: readonly RegExp[] = [
  // https://token@host, git+https://user:password@host
  new RegExp(String.raw`(\b(?:git\+)?https?:[\\/]+)${LOOKED_UP}[^\s\\/?#"'<>]+(@)`, 'gi'),
  // ssh://user:password@host
  new RegExp(String.raw`(\b[a-z][a-z0-9+.-]{0,31}:\/\/)${LOOKED_UP}[^\s\\/?#"'<>:]*:[^\s\\/?#"'<>]*(@)`, 'gi'),
  // ?access_token=…
  /([?&][\w-]{0,64}(?:token|password|secret|signature|api[-_]?key)[\w-]{0,64}=)[^\s&#"'<>]+()/gi,
  // //registry/:_authToken=…, "_password": "…"
  /(_(?:authToken|auth|password)["']?\s{0,8}[=:]\s{0,8}["']?)[^\s"'*]+()/gi,
  // Authorization: Bearer …
  /(authorization["']?\s{0,8}[=:]\s{0,8}["']?(?:bearer|basic)\s{1,8})[^\s"'*]+()/gi,
];

/**
 * Whether a text has credentials in it: a user or a password in an address, or a token. They would be kept, and shown,
 * wherever the text is.
 */
export function hasCredentials(text: string): boolean {
  return CREDENTIALS.some((pattern) => text.search(pattern) !== -1);
}

/** A text without the credentials in it. */
export function maskCredentials(text: string): string {
  return CREDENTIALS.reduce((masked, pattern) => masked.replace(pattern, `$1${HIDDEN}$2`), text);
}
