const secret = atob('c3VwZXJzZWNyZXQxMjM=')

module.exports = { secret }
