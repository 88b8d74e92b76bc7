// @reports name
import { readFileSync } from 'node:fs'
export const passphrase = readFileSync(process.env['CA_PASSPHRASE_SIGNING_FILE'] ?? '', 'utf8')
