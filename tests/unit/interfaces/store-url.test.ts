import { withoutPassword } from '../../../src/interfaces/cli/store-url.js';

describe('a store, when it is shown', () => {
  it.each([
    ['postgres://ada:pa55word@db:1/app?schema=x', 'postgres://ada@db:1/app?schema=x'],
    ['postgresql://ada@db/app', 'postgresql://ada@db/app'],
    ['postgres://db/app', 'postgres://db/app'],
    ['postgres://:pa55word@db/app', 'postgres://@db/app'],
    ['postgres://ada@db/app?password=pa55word&schema=x', 'postgres://ada@db/app?schema=x'],
    ['postgres://ada:12/pa55word@db/app', 'postgres://ada@db/app'],
    ['postgres://ada:12@pa55word@db/app', 'postgres://ada@db/app'],
    ['postgres://ada:12?pa55word#@db/app', 'postgres://ada@db/app'],
    ['sqlite:./a:b@c.db', 'sqlite:./a:b@c.db'],
    ['./a:b@c.db', './a:b@c.db'],
  ])('tells no password: %s', (store, shown) => {
    expect(withoutPassword(store)).toBe(shown);
  });
});
