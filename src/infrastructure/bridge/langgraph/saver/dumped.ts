/** What was made of an object to store it, from before it could change. */
export class Dumped {
  readonly name: string;
  readonly data: unknown;

  constructor(name: string, data: unknown) {
    this.name = name;
    this.data = data;
  }
}
