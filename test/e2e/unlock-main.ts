// An unlocking process: sends the passphrase in the file that PASSPHRASE_FILE names, as a service sends that of its store.
import process from 'node:process'
import { sendPassphrase } from '@rekey/ca-keystore/signer'
import { createEnvSource } from '@rekey/config-loader/store'

await sendPassphrase(() => createEnvSource({ env: process.env }).read('PASSPHRASE'))
