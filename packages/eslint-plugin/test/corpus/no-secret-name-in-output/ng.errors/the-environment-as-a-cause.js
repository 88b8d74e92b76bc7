export function fail() {
  throw new Error('bad environment', { cause: process.env })
}
