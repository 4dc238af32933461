import { z } from 'zod';
import type { Verdict } from '../../audit/integrity/verification.js';
import { defineEvent } from '../define-event.js';
import { count, hash, id, ms, oneOf, words } from './fields.js';

const family = { version: 1, category: 'operations', emitter: 'engine' } as const;

const BAD_VERDICTS = [
  'tampered',
  'front-truncated',
  'tail-truncated',
  'forked',
  'unsealed',
] as const satisfies readonly Verdict[];

const rootHash = hash('The root of the Merkle tree over all entries');

/** The log was signed. */
export class AuditSealed extends defineEvent('audit.sealed', {
  ...family,
  severity: 'info',
  description:
    'The log was signed as it stood. Emitted when the seal is stored; what it covers can be proved from then on.',
  message: (p) => `${p.size} entries sealed with ${p.keyId}`,
  payload: z.object({ size: count('Entries it covers'), rootHash, keyId: id('The key it was signed with') }),
}) {}

/** The log is intact. */
export class AuditVerified extends defineEvent('audit.verified', {
  ...family,
  severity: 'info',
  description:
    'The whole log was looked at and found as it was written. Emitted when a verification is to be recorded.',
  message: (p) => `${p.size} entries verified in ${Math.round(p.durationMs)} ms`,
  payload: z.object({ size: count('Entries looked at'), rootHash, durationMs: ms('How long it took') }),
}) {}

/** The log is not what was written. */
export class AuditVerificationFailed extends defineEvent('audit.verification_failed', {
  ...family,
  // Version 1 knew no seals, and so neither of the verdicts that take one. What it did know is as it was.
  version: 2,
  upcasters: { 1: (payload) => payload },
  severity: 'critical',
  outcome: 'failure',
  description:
    'The log is not what was written: changed, cut off, or replaced. Emitted when it should be sealed and must not be, or a verification is to be recorded.',
  message: (p) => `log is ${p.verdict}${p.position === undefined ? '' : ` at ${p.position}`}: ${p.detail}`,
  payload: z.object({
    verdict: oneOf(BAD_VERDICTS, 'In which way'),
    position: count('The first entry that is wrong, where it can be told').optional(),
    detail: words('What is wrong, one sentence'),
  }),
}) {}

/** The log knows that something is missing from it. */
export class AuditGapRecorded extends defineEvent('audit.gap_recorded', {
  ...family,
  severity: 'critical',
  description:
    'Events could not be recorded and are lost. Emitted in their place once the log can be written again, before anything newer; with none lost where only personal values of theirs are.',
  // None are where only personal values of theirs had to be left out: the reason says of how many.
  message: (p) => (p.lost === 0 ? p.reason : `${p.lost} event(s) lost: ${p.reason}`),
  payload: z.object({
    lost: count('Events that were not recorded'),
    reason: words('Why'),
    since: words('When the first one was lost, ISO 8601').optional(),
    until: words('When the last one was lost, ISO 8601').optional(),
  }),
}) {}

/** Old entries left the log. */
export class AuditRetentionApplied extends defineEvent('audit.retention_applied', {
  ...family,
  severity: 'info',
  description: 'Entries that need not be kept left the log. Emitted when they are gone; the seal still proves them.',
  message: (p) => `${p.removed} entries up to ${p.toPosition} removed`,
  payload: z.object({
    fromPosition: count('The first entry removed'),
    toPosition: count('The last entry removed'),
    removed: count('Entries removed'),
    archivedTo: words('Where they are kept').optional(),
    sealId: id('The seal that covers them'),
  }),
}) {}

/** The log was copied out. */
export class AuditExported extends defineEvent('audit.exported', {
  ...family,
  severity: 'info',
  description: 'Entries of the log were written out for somebody. Emitted when the export is complete.',
  message: (p) => `${p.entries} entries exported as ${p.format}`,
  payload: z.object({
    format: words('The format: jsonl, csv'),
    entries: count('Entries written'),
    destination: words('Where to'),
  }),
}) {}

/** What the log knew about somebody was erased. */
export class AuditErased extends defineEvent('audit.erased', {
  ...family,
  severity: 'info',
  description: 'What the log held about a person can no longer be read. Emitted when it is so; the log still verifies.',
  message: (p) => `${p.subjectId} erased from ${p.entriesAffected} entries: ${p.reason}`,
  payload: z.object({
    subjectId: id('The person, by pseudonym'),
    reason: words('Why'),
    entriesAffected: count('Entries that held something about them'),
  }),
}) {}

/** Somebody was kept from something. */
export class AuditAccessDenied extends defineEvent('audit.access_denied', {
  ...family,
  severity: 'warning',
  description: 'Somebody wanted to do what they may not. Emitted when they were refused.',
  message: (p) => `${p.principal} may not ${p.action}: ${p.reason}`,
  payload: z.object({ principal: words('Who'), action: words('What they wanted to do'), reason: words('Why not') }),
}) {}

/** Every type of the family. */
export const AUDIT_EVENTS = [
  AuditSealed,
  AuditVerified,
  AuditVerificationFailed,
  AuditGapRecorded,
  AuditRetentionApplied,
  AuditExported,
  AuditErased,
  AuditAccessDenied,
] as const;
