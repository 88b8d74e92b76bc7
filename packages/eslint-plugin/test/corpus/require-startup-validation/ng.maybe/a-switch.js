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
  app.listen(3000)
}
main(process.argv[2])
