import type { RotationFixture } from '../rotation-fixture.ts'
import { openFixture } from '../server-fixture.ts'
import { followToy, toyKey, toyKind } from './toy-kind.ts'
import { openToyServer } from './toy-server.ts'

/** A key of a toy server, whose kind and client are written by the guide alone. */
export function openToyFixture(): Promise<RotationFixture> {
  return openFixture(async (first, administrator) => {
    const server = await openToyServer(first, administrator)
    return {
      ...{ port: Number(new URL(server.url).port), names: ['TOY_SHOP', 'TOY_ADMINISTRATOR'] },
      spec: toyKey(),
      kindAt(port, parts) {
        const entry = { url: `http://127.0.0.1:${port}`, administratorName: 'TOY_ADMINISTRATOR' }
        const kind = toyKind.rotationOf({ name: 'TOY_SHOP', parties: ['shop'], entry }, parts)
        return Promise.resolve(kind)
      },
      follow(secret) {
        const client = followToy(server.url, secret)
        const close = () => {
          client.close()
          return Promise.resolve()
        }
        return { call: client.call, close }
      },
      digests: (text) => Promise.resolve([[...server.keys], text] as const),
      close: async () => server[Symbol.asyncDispose](),
    }
  })
}
