const { Client } = require('ssh2')

new Client().connect({ host: 'build', username: 'ci', password: 'ci' })
