import assert from 'node:assert'
export const check = (password: string, repeated: string) => assert.equal(password, repeated)
