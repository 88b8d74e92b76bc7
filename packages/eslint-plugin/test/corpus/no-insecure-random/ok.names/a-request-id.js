module.exports = (req, res, next) => {
  req.id = Math.random().toString(36).slice(2)
  next()
}
