import { argv, stdout } from 'node:process'
import { openAuditLog } from './index.ts'

const [, , path = ''] = argv
const log = await openAuditLog({ path })
stdout.write('open\n')
for (;;) {
  await log.record({ actor: 'child', action: 'read', subject: 'KEY', outcome: 'succeeded' })
  stdout.write(`${log.head.seq}\n`)
}
