const { execSync } = require('child_process')
const { login } = require('../../secret.ts')
const { user, password } = login.expose()
execSync('mysqldump -u ' + user + ' -p' + password + ' app > dump.sql')
