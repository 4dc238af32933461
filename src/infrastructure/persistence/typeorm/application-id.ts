/**
 * What the header of a Waymark store says it belongs to (`PRAGMA application_id`): `WMRK`. The first migration writes
 * it, in the transaction that makes the first table, so that a database that has tables and not this is somebody
 * else's.
 */
export const APPLICATION_ID = 0x574d524b;
