// ---- a-second-handler-that-goes-on.js
const app = require('./app')
const { loadService } = require('./service')

loadService()
  .then(
    () => console.log('loaded'),
    (error) => console.error(error),
  )
  .then(() => app.listen(3000)) // expect: listenBeforeLoad

// ---- all-settled
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await Promise.allSettled([loadService(definition)])
app.listen(1) // expect: listenBeforeLoad

// ---- an-immediate-function-that-is-not-awaited
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

let service: unknown
;(async () => {
  service = await loadService(definition)
})()
app.listen(1, service) // expect: listenBeforeLoad

// ---- caught-and-logged
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

try {
  await loadService(definition)
} catch (error) {
  console.error(error)
}
app.listen(1) // expect: listenBeforeLoad

// ---- caught-by-a-handler
import { app, log } from './app.ts'
import { definition, loadService } from './service.ts'

await loadService(definition).catch(log)
app.listen(1) // expect: listenBeforeLoad

// ---- finally
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

loadService(definition).finally(() => app.listen(1)) // expect: listenBeforeLoad

// ---- raced-with-a-timer
import { setTimeout } from 'node:timers/promises'
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await Promise.race([loadService(definition), setTimeout(5_000)])
app.listen(1) // expect: listenBeforeLoad
