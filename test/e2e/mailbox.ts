import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

/** A real mail server on loopback, without TLS or login. */
export interface Mailbox extends AsyncDisposable {
  readonly url: string
  /** The subjects of the mails that came, in order. */
  subjects(): string[]
}

/** Opens a mail server that takes mail from and to anyone. */
export async function openMailbox(): Promise<Mailbox> {
  const mails: string[] = []
  const server = new SMTPServer({
    ...{ logger: false, authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'] },
    onData(stream, _session, taken) {
      void text(stream).then((mail) => {
        mails.push(mail)
        taken()
      })
    },
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    subjects: () =>
      mails.map(
        (mail) =>
          /^Subject: (.*(?:\r\n .*)*)/m.exec(mail)?.[1]?.replaceAll('\r\n ', ' ').trim() ?? '',
      ),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(resolve)
      })
    },
  }
}
