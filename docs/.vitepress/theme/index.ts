/** VitePress's own theme in Jetlane's colours, with the fonts of the reader's machine. */
/// <reference types="vitepress/client" />
import theme from 'vitepress/theme-without-fonts';
import './style.css';

export default theme;
