import { granted, host } from "./host.ts";

/** Random bytes from the host. */
export function randomBytes(count: number): Uint8Array {
  return granted("random", host.random(count)) as Uint8Array;
}

// The engine seeds Math.random when it starts, which is in the image that every
// call begins from: it would repeat. This one is seeded by the host at the first
// use in a call (the generator is sfc32, which passes PractRand).
let state: Uint32Array | undefined;

function random32(): number {
  if (state === undefined) {
    const seed = randomBytes(12);
    state = new Uint32Array([...new Uint32Array(seed.buffer.slice(0)), 1]);
    for (let i = 0; i < 12; i++) random32();
  }
  const [a = 0, b = 0, c = 0, d = 0] = state;
  const t = (a + b + d) | 0;
  state[3] = d + 1;
  state[0] = b ^ (b >>> 9);
  state[1] = c + (c << 3);
  state[2] = ((c << 21) | (c >>> 11)) + t;
  return t >>> 0;
}

/** Makes the next number begin from a new seed: what ran before it was no call. */
export function forgetRandom(): void {
  state = undefined;
}

Math.random = () => (random32() * 2 ** 21 + (random32() >>> 11)) / 2 ** 53;
