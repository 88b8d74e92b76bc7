// Sends the passphrase of the bench to its signer process.
import process from 'node:process'
import { sendPassphrase } from '@rekey/ca-keystore/signer'
import { createEnvSource } from '@rekey/config-loader/store'

await sendPassphrase(() => createEnvSource({ env: process.env }).read('PASSPHRASE'))
