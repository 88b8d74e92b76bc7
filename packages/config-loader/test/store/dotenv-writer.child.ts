import { randomBytes } from 'node:crypto'
import { argv, stdout } from 'node:process'
import { Secret, SecretError, type StagedSecret } from '@rekey/secret'
import { openDotenvStore } from '../../src/store/index.ts'

const [, , path = '', name = '', rounds = ''] = argv
const store = await openDotenvStore({ path })
const random = () => Secret.of(randomBytes(24).toString('base64url'), name)

/** Fails if another process undid what this one wrote. */
async function readBack(expected: StagedSecret): Promise<StagedSecret> {
  const staged = await store.read(name)
  if (staged.revision !== expected.revision) throw new SecretError('conflict', 'an update was lost')
  return staged
}

let staged = await store.read(name)
stdout.write('ready\n')
for (let round = 0; round < Number(rounds); round += 1) {
  staged = await readBack(await store.stage(name, random(), staged.revision))
  staged = await readBack(await store.promote(name, staged.revision))
  staged = await readBack(await store.revoke(name, staged.revision))
}
stdout.write(`${staged.revision}\n`)
