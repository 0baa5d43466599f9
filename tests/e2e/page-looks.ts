/** What is asked of a page in a browser, as expressions of the page's own language; each gives what is wrong. */

/**
 * Texts whose contrast with what lies behind them is below 4.5 (WCAG 2.2, 1.4.3): each with its contrast and words. The
 * ground is that of the nearest ancestors, blended where they let something through.
 */
export const POOR_CONTRASTS = `(() => {
  const channels = (text) => {
    const [r = 0, g = 0, b = 0, alpha = 1] = (text.match(/[\\d.]+/g) ?? []).map(Number);
    return { rgb: [r, g, b], alpha };
  };
  const over = (front, back) => back.map((value, at) => front.rgb[at] * front.alpha + value * (1 - front.alpha));
  const ground = (element) => {
    if (element === null) return [255, 255, 255];
    const own = channels(getComputedStyle(element).backgroundColor);
    return own.alpha === 1 ? own.rgb : over(own, ground(element.parentElement));
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => value / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: element, textContent: words } = texts.currentNode;
    if (words.trim() === '' || element.closest('title') || element.getBoundingClientRect().width <= 1) continue;
    const style = getComputedStyle(element);
    const back = ground(element);
    const front = over(channels(element.closest('svg') ? style.fill : style.color), back);
    const [bright, dark] = [light(front), light(back)].sort((one, other) => other - one);
    const contrast = (bright + 0.05) / (dark + 0.05);
    if (contrast < 4.5) found.push(contrast.toFixed(2) + ' ' + words.trim());
  }
  return found;
})()`;

/** Elements that stand out to the right of the window, each with its words. */
export const TOO_WIDE = `[...document.body.querySelectorAll('*')]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5 && !element.closest('thead'))
  .map((element) => element.tagName + ' ' + element.textContent.slice(0, 40))`;

/** Pairs of labels of charts, the calendar and the cards that lie upon each other. */
export const OVERLAPS = `(() => {
  const labels = [...document.querySelectorAll('.scale span, .days span, svg text, h3, .legend li, .value, .note, td > div')]
    .filter((label) => label.textContent.trim() !== '' && label.getClientRects().length > 0 && !label.querySelector('.note'));
  const boxes = labels.map((label) => ({ words: label.textContent.trim(), box: label.getBoundingClientRect() }));
  const meet = (one, other) => one.left < other.right - 1 && other.left < one.right - 1 &&
    one.top < other.bottom - 1 && other.top < one.bottom - 1;
  return boxes.flatMap((one, at) => boxes.slice(at + 1)
    .filter((other) => meet(one.box, other.box)).map((other) => one.words + ' / ' + other.words));
})()`;
