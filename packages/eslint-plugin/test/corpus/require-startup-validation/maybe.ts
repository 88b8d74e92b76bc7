// ---- a-function-that-loads-sometimes
import { app, isProduction } from './app.ts'
import { definition, loadService } from './service.ts'

const load = async () => {
  if (isProduction) await loadService(definition)
}
await load()
app.listen(1) // expect: listenBeforeLoad

// ---- a-function-that-returns-early
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

async function load() {
  if (process.env['SKIP_SECRETS']) return
  await loadService(definition)
}
await load()
app.listen(1) // expect: listenBeforeLoad

// ---- a-loop-that-gives-up
import { app, sleep } from './app.ts'
import { definition, loadService } from './service.ts'

for (let left = 5; left > 0; left--) {
  try {
    await loadService(definition)
    break
  } catch {
    await sleep(1_000)
  }
}
app.listen(1) // expect: listenBeforeLoad

// ---- a-switch.js
const app = require('./app')
const { loadService } = require('./service')

async function main(mode) {
  switch (mode) {
    case 'full':
      await loadService()
      break
    default:
      break
  }
  app.listen(3000) // expect: listenBeforeLoad
}
main(process.argv[2])

// ---- behind-a-condition
import { app, isProduction } from './app.ts'
import { definition, loadService } from './service.ts'

isProduction && (await loadService(definition))
app.listen(1) // expect: listenBeforeLoad

// ---- in-one-branch-of-two
import { app, mode } from './app.ts'
import { definition, loadService } from './service.ts'

if (mode === 'cluster') {
  await loadService(definition)
} else {
  app.prepare()
}
app.listen(1) // expect: listenBeforeLoad

// ---- only-in-production
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

if (process.env['NODE_ENV'] === 'production') await loadService(definition)
app.listen(1) // expect: listenBeforeLoad
