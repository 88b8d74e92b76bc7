import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { SMTPServer } from 'smtp-server'

/** A mail server in a process of its own. It lets `shop` log in with what the file then holds that is its argument. */
const [, , place = ''] = process.argv
const server = new SMTPServer({
  ...{ logger: false, disableReverseLookup: true, allowInsecureAuth: true },
  disabledCommands: ['STARTTLS'],
  onAuth({ username, password }, _session, answer) {
    readFile(place, 'utf8').then((held) => {
      if (username === 'shop' && held === password) answer(null, { user: username })
      else answer(Object.assign(new Error('no'), { responseCode: 535 }))
    }, answer)
  },
  onData(stream, _session, done) {
    stream.resume().on('end', done)
  },
})
server.on('error', () => undefined)
server.listen(0, '127.0.0.1')
await once(server.server, 'listening')
process.send?.((server.server.address() as AddressInfo).port)
