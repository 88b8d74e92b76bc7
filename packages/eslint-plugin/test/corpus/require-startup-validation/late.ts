// ---- after-listening-in-main
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

async function main() {
  app.listen(1) // expect: listenBeforeLoad
  await loadService(definition)
}
await main()

// ---- after-listening
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

app.listen(1) // expect: listenBeforeLoad
await loadService(definition)

// ---- in-the-callback-of-listen.js
const app = require('./app')
const { loadService } = require('./service')

app.listen(3000, async () => { // expect: listenBeforeLoad
  await loadService()
  console.log('ready')
})

// ---- side-by-side
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await Promise.all([loadService(definition), app.listen({ port: 3000 })]) // expect: listenBeforeLoad

// ---- started-before-and-after
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

function start() {
  app.listen(1) // expect: listenBeforeLoad
}
start()
await loadService(definition)
start()
