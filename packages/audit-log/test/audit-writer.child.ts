import { argv, pid, stdout } from 'node:process'
import { createSignedLog, openAuditLog } from '../src/index.ts'

const [, , path = '', kind] = argv
const event = { actor: 'child', action: 'read', outcome: 'succeeded' } as const

if (kind === 'signed') {
  const log = createSignedLog({ directory: path })
  for (let count = 1; ; count += 1) {
    const subject = `KEY_${pid}_${count}`
    await log.record({ ...event, subject })
    stdout.write(`${subject}\n`)
  }
}

const log = await openAuditLog({ path })
stdout.write('open\n')
for (;;) {
  await log.record({ ...event, subject: 'KEY' })
  stdout.write(`${log.head.seq}\n`)
}
