import type { ServerResponse } from 'node:http'
import { type Hold, noHold } from './door/door.ts'
import type { LiveFeed } from './live-feed.ts'

/**
 * Sends every new view to a browser as a server-sent event (HTML Standard §9.2). A browser that does not take the last one yet, such as
 * one that sleeps, is left out until it does, and gets the newest then. Beside the buffers of its connection, at most two views wait for it.
 * The stream ends with the session that holds it.
 */
export function streamViews(feed: LiveFeed, response: ServerResponse, hold: Hold = noHold): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('retry: 2000\n\n')
  let missed: Buffer | undefined
  const end = feed.watch((event) => {
    if (response.writableNeedDrain) missed = event
    else response.write(event)
  })
  response.on('drain', () => {
    const event = missed
    missed = undefined
    if (event !== undefined) response.write(event)
  })
  const release = hold(() => {
    end()
    response.end()
  })
  response.once('close', () => {
    end()
    release()
  })
}
