// ---- a-finally-that-cleans-up
import { app, spinner } from './app.ts'
import { definition, loadService } from './service.ts'

try {
  await loadService(definition)
} finally {
  spinner.stop()
}
app.listen(1)

// ---- caught-and-exited
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

try {
  await loadService(definition)
} catch (error) {
  console.error(error)
  process.exit(1)
}
app.listen(1)

// ---- caught-and-thrown-again
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await loadService(definition).catch((error) => {
  throw error
})
app.listen(1)

// ---- caught-around-both
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

try {
  await loadService(definition)
  app.listen(1)
} catch (error) {
  console.error(error)
}

// ---- caught-by-a-function-that-exits.js
const app = require('./app')
const { loadService } = require('./service')

function fail(error) {
  console.error(error.code)
  process.exit(1)
}

loadService()
  .catch(fail)
  .then((service) => app.listen(service.settings.port))

// ---- caught-by-exit
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const service = await loadService(definition).catch(process.exit)
app.listen(service)

// ---- retried-by-a-library
import pRetry from 'p-retry'
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const service = await pRetry(() => loadService(definition), { retries: 5 })
app.listen(service.settings.port)

// ---- tried-again-until-it-succeeds
import { app, sleep } from './app.ts'
import { definition, loadService } from './service.ts'

let service
while (true) {
  try {
    service = await loadService(definition)
    break
  } catch {
    await sleep(1_000)
  }
}
app.listen(service.settings.port)
