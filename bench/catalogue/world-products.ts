import { product } from './product.js';

/** Money, science, news, health and games. */
export const WORLD_PRODUCTS = [
  product(
    'tickerworks',
    'Tickerworks',
    'Stock market data.',
    'snake',
    `
    get_quote(symbol): Latest price of a share.
    get_price_history(symbol, start, end, interval?): Past prices of a share.
    get_financial_statements(symbol, period?): Income statement, balance sheet and cash flow.
    get_dividend_history(symbol): Dividends that a company paid.
    get_analyst_ratings(symbol): Buy and sell recommendations of analysts.
    screen_stocks(criteria[]): Find shares by figures such as price earnings ratio.
    get_insider_transactions(symbol): Shares that managers bought or sold.
    get_earnings_calendar(start, end): When companies publish results.`,
  ),
  product(
    'coinscope',
    'Coinscope',
    'Cryptocurrencies.',
    'camel',
    `
    get_coin_price(coin, currency?): Current price of a cryptocurrency.
    get_market_overview(limit?): Largest coins by market capitalisation.
    get_wallet_balance(address, chain?): Coins that a wallet holds.
    get_gas_fees(chain): Current transaction fees of a blockchain.
    track_transaction(hash, chain?): State of a blockchain transaction.
    get_sentiment_index(): Fear and greed of the market.`,
  ),
  product(
    'paygate',
    'Paygate',
    'Online payments.',
    'snake',
    `
    create_payment(amount, currency, customer_id): Charge a customer.
    refund_payment(payment_id, amount?): Give money back.
    list_payments(customer_id?, start?, end?): List payments.
    create_subscription(customer_id, plan): Bill a customer regularly.
    cancel_subscription(subscription_id): End a subscription.
    get_exchange_rate(from_currency, to_currency, date?): Rate between two currencies.
    list_disputes(status?): Charges that customers contest.`,
  ),
  product(
    'shopfloor',
    'Shopfloor',
    'Online shop: products, orders, stock.',
    'camel',
    `
    search_products(query, category?, max_price?): Find products.
    get_order(order_id): Read an order.
    update_inventory(sku, quantity): Set how many items are in stock.
    track_shipment(tracking_number): Where a parcel is.
    create_discount_code(code, percent, end?): Create a voucher.
    list_abandoned_carts(start?): Baskets that were never paid.
    get_best_sellers(start, end): Products that sold most.`,
  ),
  product(
    'scholarly',
    'Scholarly',
    'Scientific literature.',
    'snake',
    `
    search_papers(query, year?, limit?): Find scientific articles.
    get_abstract(paper_id): Abstract of an article.
    get_citations(paper_id): Articles that cite this one.
    download_full_text(paper_id): PDF of an article.
    find_author(name): Publications and affiliation of a researcher.
    format_reference(paper_id, style): Bibliography entry in a citation style.`,
  ),
  product(
    'genebook',
    'GeneBook',
    'Genes, variants and proteins.',
    'snake',
    `
    get_gene(symbol): Function and position of a gene.
    annotate_variant(variant): Clinical significance of a mutation.
    align_sequences(sequence, other_sequence): Align two DNA sequences.
    get_protein_structure(protein_id): Three-dimensional structure of a protein.
    find_clinical_trials(condition, country?, phase?): Studies that recruit patients.
    search_drug_interactions(drugs[]): Whether medicines may be taken together.`,
  ),
  product(
    'vitals',
    'Vitals',
    'Personal health records and fitness.',
    'camel',
    `
    get_step_count(date): Steps walked on a day.
    log_workout(activity, minutes): Record exercise.
    get_sleep_report(date): How long and how well somebody slept.
    get_heart_rate(start, end): Pulse over time.
    book_doctor_appointment(specialty, date): Make an appointment with a physician.
    list_prescriptions(): Medicines that were prescribed.`,
  ),
  product(
    'newsdesk',
    'Newsdesk',
    'News of many publishers.',
    'kebab',
    `
    get_headlines(country?, topic?): Top stories of the day.
    search_articles(query, start?, end?): Find news articles.
    get_article(url): Readable text of an article.
    get_trending_topics(region?): What many people talk about.
    subscribe_feed(url): Follow an RSS feed.`,
  ),
  product(
    'encyclia',
    'Encyclia',
    'A free encyclopedia.',
    'snake',
    `
    search_articles(query, language?): Find encyclopedia articles.
    get_article(title, language?): Full text of an article.
    get_article_summary(title): First paragraph of an article.
    get_article_links(title): Links of an article to other ones.
    get_random_article(): An article by chance.
    get_on_this_day(date): Events, births and deaths of a day in history.`,
  ),
  product(
    'deepfield',
    'Deepfield Search',
    'Search engine and web reader.',
    'camel',
    `
    search_web(query, limit?, language?): Search the web.
    search_images(query, limit?): Search pictures on the web.
    fetch_url(url, format?): Download a web page as markdown.
    crawl_site(url, depth?): Follow the links of a site.
    get_sitemap(url): Pages that a site lists in its sitemap.
    lookup_domain(domain): Who registered a domain.`,
  ),
  product(
    'castellan',
    'Castellan Chess',
    'Chess games and analysis.',
    'snake',
    `
    new_game(level?): Start a game.
    make_move(game_id, move): Play a move.
    get_legal_moves(game_id): Moves that are allowed in a position.
    analyze_position(fen, depth?): Best move and evaluation by an engine.
    get_player_rating(username): Rating of a player.
    get_puzzle(theme?): A tactical exercise.`,
  ),
  product(
    'chartist',
    'Chartist',
    'Draws charts and diagrams from data.',
    'camel',
    `
    draw_line_chart(data, title?): Line chart of values over time.
    draw_bar_chart(data, title?): Bar chart that compares categories.
    draw_pie_chart(data, title?): Pie chart of parts of a whole.
    draw_scatter_plot(data, title?): Scatter plot of two variables.
    draw_flowchart(steps[]): Flowchart of a process.
    draw_heatmap(data): Heatmap of a matrix.
    draw_gantt_chart(tasks[]): Gantt chart of a project plan.
    render_diagram(source): Render a diagram from Mermaid source.`,
  ),
  product(
    'memento',
    'Memento',
    'Long-term memory for assistants.',
    'snake',
    `
    remember_fact(subject, fact): Store a fact about a person or thing.
    recall_facts(query): Find what was stored earlier.
    forget_subject(subject): Delete everything about a subject.
    link_subjects(subject, other_subject, relation): Store how two subjects are related.
    list_subjects(limit?): All subjects that something is known about.`,
  ),
  product(
    'statewise',
    'Statewise',
    'Open data of public administrations.',
    'snake',
    `
    search_datasets(query, publisher?): Find public data sets.
    get_dataset(dataset_id): Description and files of a data set.
    get_census_figures(region, year?): Inhabitants, households and ages of a region.
    find_legislation(query): Search laws and regulations.
    get_election_results(region, year): Votes by party.
    get_public_holidays(country, year): Days off in a country.`,
  ),
];
