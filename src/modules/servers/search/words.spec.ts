import { describe, expect, it } from 'vitest';
import { nameWords, proseWords } from './words.js';

describe('nameWords', () => {
  it.each([
    ['get_weather', ['get', 'weather', 'getweather']],
    ['read-file.v2/all', ['read', 'file', 'v', '2', 'all', 'readfile', 'filev', 'v2', '2all']],
    ['getStockPrice', ['get', 'stock', 'price', 'getstockprice', 'getstock', 'stockprice']],
    ['parseHTMLPage', ['parse', 'html', 'page', 'parsehtmlpage', 'parsehtml', 'htmlpage']],
    ['s3', ['s', '3', 's3']],
    ['热门榜', ['热门', '门榜']],
    ['', []],
    ['___', []],
  ])('%s', (name, words) => {
    expect(nameWords(name)).toEqual(words);
  });
});

describe('proseWords', () => {
  it.each([
    ['Reads a file, then closes it.', ['reads', 'a', 'file', 'then', 'closes', 'it']],
    ['A proper name like GitHub stays whole', ['a', 'proper', 'name', 'like', 'github', 'stays', 'whole']],
    ['Give maxResults', ['give', 'maxresults', 'max', 'results']],
    ["the user's files", ['the', 'user', 'files']],
    ['Ｆｕｌｌ　ｗｉｄｔｈ', ['full', 'width']],
    ['获取热榜', ['获取', '取热', '热榜']],
    ['a\0b \uD800 c', ['a', 'b', 'c']],
    ['x'.repeat(65), []],
  ])('%j', (text, words) => {
    expect(proseWords(text)).toEqual(words);
  });
});
