function process(items) {
  return items.map((item) => item.env)
}

module.exports = (items) => process(items)
