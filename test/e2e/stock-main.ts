// The receiver of a family of two: it answers `shop`, and prints the path of each request.
import { createServer } from 'node:http'
import process from 'node:process'
import { apiKeyFrom, apiKeyMarkers, createKeyring, apiKeyAuth } from '@rekey/api-key-auth'
import { defineService, listenerSettings, loadService } from '@rekey/config-loader'
import { hostService, LISTENER_LIMITS } from '@rekey/config-loader/host'
import { createRedactor } from '@rekey/log-redactor'
import { z } from 'zod'

const stock = defineService({
  name: 'stock',
  settings: z.object(listenerSettings),
  secrets: { shop: apiKeyFrom('shop') },
})

await hostService(process, {
  load: (options) => loadService(stock, options),
  redactor: (secrets) => createRedactor({ secrets, markers: apiKeyMarkers(secrets) }),
  start({ secrets }) {
    const behindKey = apiKeyAuth({ keyring: createKeyring({ shop: secrets.shop }) })
    const listener = behindKey((_request, response) => response.end('3'))
    const server = createServer(LISTENER_LIMITS, (request, response) => {
      console.log(`${request.method} ${request.url}`)
      listener(request, response)
    })
    return Promise.resolve({ listener: server })
  },
})
