import { app, log } from './app.js'

app.on('listen', log)
app.emit('listen', 1)
