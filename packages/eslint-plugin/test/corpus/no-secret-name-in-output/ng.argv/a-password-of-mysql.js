const { exec } = require('child_process')
module.exports = (user, password) => exec(`mysqldump -u ${user} -p${password} app`)
