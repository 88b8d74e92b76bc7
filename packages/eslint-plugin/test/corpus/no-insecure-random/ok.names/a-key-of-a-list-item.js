export const Item = ({ text }) => ({ key: Math.random(), text })
