// How figures are written for people: English, whatever the machine's language, so that a report does not depend on
// where it was made.

/** `10,000` */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `$40,545,276` */
export function dollars(value: number): string {
  return `$${value.toLocaleString('en-US', { maximumFractionDigits: 0 })}`;
}

/** `28.36 %` */
export function percent(share: number): string {
  return `${(share * 100).toLocaleString('en-US', { maximumFractionDigits: 2 })} %`;
}

/** `28.4 %`, always with one digit, for the columns of a table. */
export function share(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}
