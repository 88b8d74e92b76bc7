const app = require('./app')
const { loadService } = require('./service')

app.listen(3000, async () => {
  await loadService()
  console.log('ready')
})
