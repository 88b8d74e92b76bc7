// The unlocking process: reads the passphrase of the CA from the source of the service, sends it to the signer process, and ends.
// First of all: what is loaded after it is guarded, and the passphrase is a string here.
import '@rekey/log-redactor/register'
import process from 'node:process'
import { sendPassphrase } from '@rekey/ca-keystore/signer'
import { readSecret } from '@rekey/config-loader'
import { definition } from '../secrets.ts'

await sendPassphrase(() => readSecret(definition, 'ca', { env: process.env }))
// Whatever a source leaves open: the signer waits for the end of this process.
process.exit(0)
