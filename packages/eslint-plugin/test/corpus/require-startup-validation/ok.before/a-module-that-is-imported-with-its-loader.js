import * as rekey from '@rekey/config-loader'
import { app } from './app.js'

await rekey.loadService(app.definition)
app.listen(3000)
