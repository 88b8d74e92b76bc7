/**
 * `node --import @rekey/log-redactor/register app.js` masks secrets in whatever a program prints, before anything of it is loaded: those of
 * its environment, by the names of the variables, and those of each redactor that it creates.
 *
 * @module
 */
import { createRedactor } from '../redactor.ts'
import { environmentSecrets } from './environment-secrets.ts'
import { guardProcess } from './guard-process.ts'

// Without an import of `node:process`, which reads each member of `process` and so opens standard input.
// By values alone: what only looks like a secret may be what the program is for, such as a statement with a password's name.
const redactor = createRedactor({ secrets: [], foreign: false })
// eslint-disable-next-line @rekey/no-raw-env -- it is looked through for secrets of a program that is not known
for (const secret of environmentSecrets(process.env)) redactor.add(secret)
guardProcess(redactor)
