const http = require('node:http')

http
  .createServer((request, response) => response.end('ok'))
  .listen(process.env.PORT || 3000, () => console.log('listening'))
