const password = 'hunter2'

module.exports = { password }
