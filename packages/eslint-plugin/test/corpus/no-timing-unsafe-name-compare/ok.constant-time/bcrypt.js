const bcrypt = require('bcrypt')

module.exports = async (user, password) => (await bcrypt.compare(password, user.password)) === true
