import type { ServerResponse } from 'node:http'
import type { LiveFeed } from './live-feed.ts'

/**
 * Sends every new view to a browser as a server-sent event (HTML Standard §9.2). A browser that does not take the last one yet, such as
 * one that sleeps, is left out of the next, so at most one view waits for it.
 */
export function streamViews(feed: LiveFeed, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('retry: 2000\n\n')
  const end = feed.watch((view) => {
    if (!response.writableNeedDrain) response.write(`data: ${view}\n\n`)
  })
  response.once('close', end)
}
