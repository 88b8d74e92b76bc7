// ---- a-class-for-others
import { createServer } from 'node:http'

export class Server {
  readonly #server = createServer()

  start(port: number) {
    this.#server.listen(port)
  }
}

// ---- a-common-js-module-for-others.js
const http = require('http')

module.exports = function createListener(handler, port) {
  return http.createServer(handler).listen(port)
}

// ---- a-history-that-is-listened-to
import { history } from './history.ts'

history.listen((location) => {
  console.log(location.pathname)
})

// ---- a-listener-for-others
import { app } from './app.ts'

export function openListener() {
  return app.listen(0)
}

// ---- a-listener-of-a-store.js
import { store } from './store.js'

store.subscribe(() => {})
export const server = store.listening

// ---- a-loader-for-others
import { definition, loadService } from './service.ts'

export const load = () => loadService(definition)

// ---- an-event-called-listen.js
import { app, log } from './app.js'

app.on('listen', log)
app.emit('listen', 1)

// ---- given-a-service
import { app } from './app.ts'
import { definition, loadService, type Service } from './service.ts'

export function start(service: Service) {
  return app.listen(service.settings.port)
}
await start(await loadService(definition))
