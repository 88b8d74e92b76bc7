// A service that has unsealed its CA, writes the id of the signer process, and waits.
import process from 'node:process'
import { createCaSigner } from '@rekey/ca-keystore/signer'

const file = new URL('./unlock-main.ts', import.meta.url)
const { CA_DIRECTORY = '', PASSPHRASE_FILE } = process.env
const ca = createCaSigner({ unlocker: { file, env: { PASSPHRASE_FILE } } })
await ca.unseal(CA_DIRECTORY)
process.stdout.write(String(ca.pid))
setInterval(() => undefined, 60_000)
