import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { streamViews } from './event-stream.ts'
import type { LiveFeed, Viewer } from './live-feed.ts'

/** A browser that takes nothing while it is blocked, and a feed with this one viewer. */
function watched() {
  const sent: string[] = []
  const response = Object.assign(new EventEmitter(), {
    writableNeedDrain: false,
    writeHead: () => response,
    write: (bytes: string | Buffer) => sent.push(String(bytes)),
  })
  const viewers = new Set<Viewer>()
  const feed = {
    watch(viewer: Viewer) {
      viewers.add(viewer)
      return () => viewers.delete(viewer)
    },
  }
  streamViews(feed as unknown as LiveFeed, response as unknown as ServerResponse)
  const show = (view: string) => {
    for (const viewer of viewers) viewer(Buffer.from(view))
  }
  return { sent, response, viewers, show }
}

it('leaves a browser out that has not taken the last view, and sends it the newest once it has', () => {
  const { sent, response, show } = watched()
  show('1')
  response.writableNeedDrain = true
  show('2')
  show('3')
  response.writableNeedDrain = false
  response.emit('drain')
  response.emit('drain')
  show('4')
  expect(sent).toEqual(['retry: 2000\n\n', '1', '3', '4'])
})

it('forgets a browser that has gone', () => {
  const { response, viewers } = watched()
  response.emit('close')
  expect(viewers.size).toBe(0)
})
