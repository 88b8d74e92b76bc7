// ---- a-chain-that-is-not-awaited
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

loadService(definition).then(() => console.log('loaded'))
app.listen(1) // expect: listenBeforeLoad

// ---- a-promise-that-is-only-printed
import { definition, loadService } from './service.ts'

const service = loadService(definition) // expect: notAwaited
console.log(service)

// ---- nothing-waits
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

loadService(definition) // expect: notAwaited
app.listen(1) // expect: listenBeforeLoad

// ---- void
import { definition, loadService } from './service.ts'

void loadService(definition) // expect: notAwaited
