const found = []
for (const name in process.env) {
  if (name.startsWith('SECRET_')) found.push(name)
}
module.exports = found
