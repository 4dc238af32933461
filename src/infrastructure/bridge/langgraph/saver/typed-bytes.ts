/**
 * A value in the format of a host's own serializer: its type and its bytes. Only that serializer can tell what it is.
 */
export class TypedBytes {
  readonly type: string;
  readonly bytes: Uint8Array;

  constructor(type: string, bytes: Uint8Array) {
    this.type = type;
    this.bytes = bytes;
  }
}
