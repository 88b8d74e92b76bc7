import { useData } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { h } from 'vue'
import './style.css'

/** Links to the page as Markdown, and to its file in the repository, if it is there. */
const Copies = {
  setup() {
    const { frontmatter } = useData()
    return () =>
      frontmatter.value.copy === undefined
        ? null
        : h('p', { class: 'copies' }, [
            h('a', { href: frontmatter.value.copy, target: '_self' }, 'This page as Markdown'),
            frontmatter.value.source &&
              h('a', { href: frontmatter.value.source }, 'Its file in the repository'),
          ])
  },
}

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'doc-footer-before': () => h(Copies) }),
}
