import { argv, stdout } from 'node:process'
import { openDotenvStore } from '@rekey/config-loader/store'
import { openStoreJournal } from '../../src/engine/internal.ts'

// Claims a secret and lives on, until it is killed.
const [, , path = '', secret = ''] = argv
const journal = await openStoreJournal(await openDotenvStore({ path }), { secrets: [secret] })
await journal.claim(secret, 'child', 60_000)
stdout.write('claimed\n')
setInterval(() => undefined, 60_000)
